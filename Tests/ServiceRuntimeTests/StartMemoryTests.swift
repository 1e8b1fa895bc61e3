import Foundation
import Testing

@testable import ServiceRuntime

@Suite struct StartMemoryTests {
    /// How many of the whole pages of a block are in memory.
    /// - Parameter states: room for a byte a page.
    private static func residentPages(
        _ block: UnsafeMutableRawPointer, _ length: Int, _ states: inout [UInt8]
    ) -> Int {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let start = block.alignedUp(toMultipleOf: page)
        let count = (block + length - start) / page
        // What is no longer mapped is not in memory either.
        guard mincore(start, count * page, &states) == 0 else { return 0 }
        return states[..<count].count { $0 & 1 == 1 }
    }

    @Test func whatAThreadFreesGoesBack() async {
        // By itself the allocator would now keep blocks of up to 24 MB, and twice as much at the end of every heap.
        let long = UnsafeMutableRawPointer.allocate(byteCount: 24 << 20, alignment: 16)
        memset(long, 1, 24 << 20)
        var states = [UInt8](repeating: 0, count: 24 << 8)
        #expect(Self.residentPages(long, 24 << 20, &states) > 6000)
        long.deallocate()
        boundFreeMemory()
        let (before, after) = await withCheckedContinuation { (continuation: CheckedContinuation<(Int, Int), Never>) in
            Thread.detachNewThread {
                let length = 3 << 20
                // Made before the block, which is to be the last in the thread's heap. What measuring needs besides was
                // made when it was first done.
                var states = [UInt8](repeating: 0, count: length >> 12)
                let block = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 16)
                memset(block, 1, length)
                let before = Self.residentPages(block, length, &states)
                block.deallocate()
                continuation.resume(returning: (before, Self.residentPages(block, length, &states)))
            }
        }
        #expect(before > 700)
        #expect(after < before / 2)
    }
}
