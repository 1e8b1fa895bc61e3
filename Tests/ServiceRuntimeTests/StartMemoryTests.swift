import Foundation
import Testing

@testable import ServiceRuntime

@Suite struct StartMemoryTests {
    /// How many pages of some blocks of 3 MB are in memory while they are in use, and once they are free.
    private static func residentPages(ofBlocks count: Int) -> (used: Int, free: Int) {
        let length = 3 << 20
        let states = UnsafeMutablePointer<UInt8>.allocate(capacity: length >> 12)
        defer { states.deallocate() }
        var blocks: [UnsafeMutableRawPointer] = []
        blocks.reserveCapacity(count)
        for _ in 0..<count { blocks.append(.allocate(byteCount: length, alignment: 16)) }
        var (used, free) = (0, 0)
        for block in blocks {
            memset(block, 1, length)
            used += residentPages(block, length, states)
        }
        // From the end of the heap.
        for block in blocks.reversed() { block.deallocate() }
        for block in blocks { free += residentPages(block, length, states) }
        return (used, free)
    }

    /// - Parameter states: room for a byte a page.
    private static func residentPages(
        _ block: UnsafeMutableRawPointer, _ length: Int, _ states: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let start = block.alignedUp(toMultipleOf: page)
        let count = (block + length - start) / page
        // What is no longer mapped is not in memory either.
        guard mincore(start, count * page, states) == 0 else { return 0 }
        return (0..<count).reduce(0) { $0 + Int(states[$1] & 1) }
    }

    @Test func whatAThreadFreesGoesBack() async {
        // By itself the allocator would now keep blocks of up to 24 MB, and twice as much at the end of every heap.
        let long = UnsafeMutableRawPointer.allocate(byteCount: 24 << 20, alignment: 16)
        memset(long, 1, 24 << 20)
        long.deallocate()
        // Once before, so that nothing which Swift makes on first use comes to lie behind the thread's blocks.
        _ = Self.residentPages(ofBlocks: 1)
        boundFreeMemory()
        let pages: (used: Int, free: Int) = await withCheckedContinuation { continuation in
            // Some may fit where an earlier thread left room; the others are at the end of the thread's heap.
            Thread.detachNewThread { continuation.resume(returning: Self.residentPages(ofBlocks: 16)) }
        }
        #expect(pages.used > 16 * 700)
        #expect(pages.free < pages.used / 2)
    }
}
