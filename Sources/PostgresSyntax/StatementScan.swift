/// Finds the end of one statement as psql does: the first semicolon outside parentheses and BEGIN ATOMIC bodies.
struct StatementScan {
    private var scan: LexicalScan
    private let ignoresNesting: Bool
    private var parentheses = 0
    private var bodies = 0
    /// The statement's first words outside parentheses, enough to know CREATE OR REPLACE FUNCTION and COPY.
    private var words: [String] = []
    private var previousWord = ""
    private var readsStandardInput = false

    /// Of the semicolon, or of the text's end.
    private(set) var end = 0
    /// A semicolon was passed over because a parenthesis or body was open.
    private(set) var hidesSemicolon = false

    /// Of BEGIN, CASE, END, FROM and STDIN.
    private static let initials = Array("bcefs".utf8)

    init(bytes: [UInt8], from start: Int, ignoresNesting: Bool) {
        scan = LexicalScan(bytes: bytes, position: start)
        self.ignoresNesting = ignoresNesting
        run()
    }

    var isCopyFromStandardInput: Bool { words.first == "copy" && readsStandardInput }

    private mutating func run() {
        while let token = scan.next() {
            switch token {
            case .symbol(UInt8(ascii: ";")):
                if ignoresNesting || parentheses == 0 && bodies == 0 {
                    end = scan.position - 1
                    return
                }
                hidesSemicolon = true
            case .symbol(UInt8(ascii: "(")): parentheses += 1
            case .symbol(UInt8(ascii: ")")): parentheses = max(0, parentheses - 1)
            case .word(let range) where parentheses == 0: track(range)
            default: break
            }
        }
        end = scan.bytes.count
    }

    private mutating func track(_ range: Range<Int>) {
        // No keyword that matters here is longer than PROCEDURE; behind the first words, few do.
        let initial = scan.bytes[range.lowerBound] | 0x20
        guard range.count <= 9, words.count < 4 || Self.initials.contains(initial) else {
            previousWord = ""
            return
        }
        let word = String(decoding: scan.bytes[range], as: UTF8.self).lowercased()
        if words.count < 4 { words.append(word) }
        if previousWord == "from", word == "stdin" { readsStandardInput = true }
        previousWord = word
        trackBody(word)
    }

    /// `CREATE FUNCTION … BEGIN ATOMIC …; END` holds semicolons; CASE has an END of its own.
    private mutating func trackBody(_ word: String) {
        guard words.first == "create" else { return }
        let object = words.count > 3 && words[1] == "or" && words[2] == "replace" ? words[3] : words.dropFirst().first
        guard object == "function" || object == "procedure" else { return }
        switch word {
        case "begin": bodies += 1
        case "case": if bodies > 0 { bodies += 1 }
        case "end": bodies = max(0, bodies - 1)
        default: break
        }
    }
}
