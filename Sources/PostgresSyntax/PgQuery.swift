import CPgQuery
import Glibc

/// Postgres' own parser, through libpg_query: the only place that knows the C library.
enum PgQuery {
    /// Why Postgres' grammar refused a text.
    struct Failure: Error {
        var message: String
        /// 1-based character in the text, nil where Postgres gives none.
        var position: Int?
    }

    /// The parse tree of `text`, as the JSON bytes libpg_query writes.
    static func parse(_ text: [UInt8]) throws(Failure) -> [UInt8] {
        // C strings end at a zero byte, and Postgres takes none in a statement.
        if text.contains(0) {
            throw Failure(message: "invalid byte sequence for encoding \"UTF8\": 0x00", position: nil)
        }
        // libpg_query writes its tree recursively without a limit of its own, a few hundred bytes of stack a level.
        let bound = text.count < nestingInPlace ? 0 : LexicalScan.nestingBound(of: text)
        if bound < nestingInPlace { return try run(text).get() }
        if bound > deepestNesting { throw stackDepthExceeded }
        return try onStack(of: 1 << 20 + bound * 512) { run(text) }.get()
    }

    /// What Postgres' PL/pgSQL compiler says against the body in a CREATE FUNCTION or DO, nil where it is well-formed.
    static func procedureError(in text: String) -> String? {
        if text.utf8.contains(0) { return "invalid byte sequence for encoding \"UTF8\": 0x00" }
        let result = text.withCString { pg_query_parse_plpgsql($0) }
        defer { pg_query_free_plpgsql_parse_result(result) }
        return result.error.map { String(cString: $0.pointee.message) }
    }

    static let stackDepthExceeded = Failure(message: "stack depth limit exceeded", position: nil)

    private static let nestingInPlace = 1000
    private static let deepestNesting = 1_000_000

    private static func run(_ text: [UInt8]) -> Result<[UInt8], Failure> {
        let result = (text + [0]).withUnsafeBytes { pg_query_parse($0.bindMemory(to: CChar.self).baseAddress) }
        defer { pg_query_free_parse_result(result) }
        if let error = result.error?.pointee {
            let position = Int(error.cursorpos)
            return .failure(
                Failure(message: String(cString: error.message), position: position > 0 ? position : nil))
        }
        guard let json = result.parse_tree else { return .failure(Failure(message: "out of memory", position: nil)) }
        let bytes = UnsafeRawBufferPointer(start: json, count: strlen(json))
        return .success(Array(bytes))
    }

    /// Runs `body` on a thread of its own with at least `size` bytes of stack, and waits for it.
    private static func onStack(
        of size: Int, _ body: @escaping () -> Result<[UInt8], Failure>
    ) -> Result<[UInt8], Failure> {
        final class Work {
            let body: () -> Result<[UInt8], Failure>
            var result = Result<[UInt8], Failure>.failure(PgQuery.stackDepthExceeded)
            init(_ body: @escaping () -> Result<[UInt8], Failure>) { self.body = body }
        }
        let work = Work(body)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, (size + 0xFFFF) & ~0xFFFF)
        var thread = pthread_t()
        // The caller waits, so an unretained reference outlives the thread.
        let context = Unmanaged.passUnretained(work).toOpaque()
        let status = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                let work = Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
                work.result = work.body()
                return nil
            }, context)
        guard status == 0 else { return work.result }
        pthread_join(thread, nil)
        return work.result
    }
}
