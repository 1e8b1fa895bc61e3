/// A regular expression as instructions of a small machine.
final class RegexProgram {
    enum Instruction {
        case set(Int)
        /// Goes on at both, the first one preferred.
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case assertion(RegexAssertion)
        case look(Int, ahead: Bool, negated: Bool)
        case match
    }

    private(set) var code: [Instruction] = []
    private(set) var sets: [RegexSet] = []
    /// Programs of lookarounds.
    private(set) var looks: [RegexProgram] = []
    let ignoresCase: Bool
    let anchorsAtLines: Bool
    let groupCount: Int
    let prefersShort: Bool

    init(_ node: RegexNode, options: RegularExpression.Options, groupCount: Int, prefersShort: Bool) {
        ignoresCase = options.ignoresCase
        anchorsAtLines = options.anchorsAtLines
        self.groupCount = groupCount
        self.prefersShort = prefersShort
        emit(node, options)
        code.append(.match)
    }

    private func emit(_ node: RegexNode, _ options: RegularExpression.Options) {
        switch node {
        case .empty: break
        case .set(let set):
            sets.append(set)
            code.append(.set(sets.count - 1))
        case .sequence(let parts): for part in parts { emit(part, options) }
        case .choice(let branches):
            var exits: [Int] = []
            for (index, branch) in branches.enumerated() {
                guard index < branches.count - 1 else {
                    emit(branch, options)
                    break
                }
                let split = code.count
                code.append(.jump(0))
                emit(branch, options)
                exits.append(code.count)
                code.append(.jump(0))
                code[split] = .split(split + 1, code.count)
            }
            for exit in exits { code[exit] = .jump(code.count) }
        case .group(let index, let inner):
            if let index { code.append(.save(index * 2 - 2)) }
            emit(inner, options)
            if let index { code.append(.save(index * 2 - 1)) }
        case .repetition(let inner, let low, let high, let greedy):
            for _ in 0..<low { emit(inner, options) }
            guard let high else {
                let split = code.count
                code.append(.jump(0))
                emit(inner, options)
                code.append(.jump(split))
                code[split] = greedy ? .split(split + 1, code.count) : .split(code.count, split + 1)
                return
            }
            var splits: [Int] = []
            for _ in 0..<max(0, high - low) {
                splits.append(code.count)
                code.append(.jump(0))
                emit(inner, options)
            }
            for split in splits {
                code[split] = greedy ? .split(split + 1, code.count) : .split(code.count, split + 1)
            }
        case .assertion(let assertion): code.append(.assertion(assertion))
        case .look(let inner, let ahead, let negated):
            looks.append(RegexProgram(inner, options: options, groupCount: 0, prefersShort: false))
            code.append(.look(looks.count - 1, ahead: ahead, negated: negated))
        }
    }
}

/// Runs a program over a text, all states at once.
struct RegexMachine {
    private let program: RegexProgram
    private let text: Scalars

    init(_ program: RegexProgram, _ text: Scalars) {
        self.program = program
        self.text = text
    }

    /// The states reachable at one place, in order of preference.
    private struct States {
        var list: [Int] = []
        var isIn: [Bool]
        var isMatch = false
        init(_ count: Int) { isIn = Array(repeating: false, count: count) }

        mutating func clear() {
            for state in list { isIn[state] = false }
            list.removeAll(keepingCapacity: true)
            isMatch = false
        }
    }

    // MARK: Ends

    /// The first match from `start` on: its extent by the expression's preference, or any when only that counts.
    func firstEnd(from start: Int, anyEnd: Bool) -> Range<Int>? {
        if anyEnd { return search(from: start) }
        var position = start
        while position <= text.count {
            if let end = end(at: position) { return position..<end }
            position += 1
        }
        return nil
    }

    /// Whether some match exists: one pass with a new start at every place.
    private func search(from start: Int) -> Range<Int>? {
        var states = States(program.code.count)
        var next = States(program.code.count)
        var position = start
        while true {
            add(0, at: position, to: &states)
            if states.isMatch { return start..<position }
            guard position < text.count else { return nil }
            step(states, over: text[position], at: position, into: &next)
            swap(&states, &next)
            next.clear()
            position += 1
        }
    }

    /// The end of the match that starts at `start`: the longest, or the shortest.
    private func end(at start: Int) -> Int? {
        var states = States(program.code.count)
        var next = States(program.code.count)
        add(0, at: start, to: &states)
        var position = start
        var best: Int?
        while true {
            if states.isMatch {
                best = position
                if program.prefersShort { return best }
            }
            guard position < text.count, !states.list.isEmpty else { return best }
            step(states, over: text[position], at: position, into: &next)
            swap(&states, &next)
            next.clear()
            position += 1
        }
    }

    private func step(_ states: States, over scalar: Unicode.Scalar, at position: Int, into next: inout States) {
        for state in states.list {
            guard case .set(let set) = program.code[state] else { continue }
            if program.sets[set].contains(scalar, ignoringCase: program.ignoresCase) {
                add(state + 1, at: position + 1, to: &next)
            }
        }
    }

    /// Adds a state and all that are reached from it without reading.
    private func add(_ state: Int, at position: Int, to states: inout States) {
        var pending = [state]
        while let state = pending.popLast() {
            if states.isIn[state] { continue }
            states.isIn[state] = true
            states.list.append(state)
            switch program.code[state] {
            case .set: break
            case .match: states.isMatch = true
            case .jump(let target): pending.append(target)
            case .save: pending.append(state + 1)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .assertion(let assertion): if holds(assertion, at: position) { pending.append(state + 1) }
            case .look(let index, let ahead, let negated):
                if looks(program.looks[index], ahead: ahead, at: position) != negated { pending.append(state + 1) }
            }
        }
    }

    // MARK: Assertions

    private func isWord(_ position: Int) -> Bool {
        text.indices.contains(position) && RegexSet.belongs(text[position], to: .word)
    }

    private func holds(_ assertion: RegexAssertion, at position: Int) -> Bool {
        switch assertion {
        case .textStart: position == 0
        case .textEnd: position == text.count
        case .start: position == 0 || text[position - 1] == "\n"
        case .end: position == text.count || text[position] == "\n"
        case .wordStart: !isWord(position - 1) && isWord(position)
        case .wordEnd: isWord(position - 1) && !isWord(position)
        case .wordBoundary: isWord(position - 1) != isWord(position)
        case .notWordBoundary: isWord(position - 1) == isWord(position)
        }
    }

    private func looks(_ program: RegexProgram, ahead: Bool, at position: Int) -> Bool {
        let machine = RegexMachine(program, text)
        if ahead { return machine.end(at: position) != nil }
        return (0...position).contains { machine.matches($0..<position) }
    }

    /// Whether the program matches exactly this stretch.
    private func matches(_ range: Range<Int>) -> Bool {
        var states = States(program.code.count)
        var next = States(program.code.count)
        add(0, at: range.lowerBound, to: &states)
        for position in range {
            step(states, over: text[position], at: position, into: &next)
            swap(&states, &next)
            next.clear()
        }
        return states.isMatch
    }

    // MARK: Groups

    /// Where the groups stand in the match `range`: of the ways to match just that, the one the quantifiers prefer.
    func groups(in range: Range<Int>) -> [Range<Int>?] {
        struct Thread {
            var state: Int
            var saved: [Int]
        }
        let empty = Array(repeating: -1, count: program.groupCount * 2)
        var seen = Array(repeating: -1, count: program.code.count)
        var mark = 0

        func closure(_ start: Thread, at position: Int, into threads: inout [Thread]) {
            var pending = [start]
            while let thread = pending.popLast() {
                if seen[thread.state] == mark { continue }
                seen[thread.state] = mark
                switch program.code[thread.state] {
                case .set, .match: threads.append(thread)
                case .jump(let target): pending.append(Thread(state: target, saved: thread.saved))
                case .save(let slot):
                    var saved = thread.saved
                    saved[slot] = position
                    pending.append(Thread(state: thread.state + 1, saved: saved))
                case .split(let first, let second):
                    pending.append(Thread(state: second, saved: thread.saved))
                    pending.append(Thread(state: first, saved: thread.saved))
                case .assertion(let assertion):
                    if holds(assertion, at: position) {
                        pending.append(Thread(state: thread.state + 1, saved: thread.saved))
                    }
                case .look(let index, let ahead, let negated):
                    if looks(program.looks[index], ahead: ahead, at: position) != negated {
                        pending.append(Thread(state: thread.state + 1, saved: thread.saved))
                    }
                }
            }
        }

        var threads: [Thread] = []
        closure(Thread(state: 0, saved: empty), at: range.lowerBound, into: &threads)
        for position in range {
            mark += 1
            var next: [Thread] = []
            for thread in threads {
                guard case .set(let set) = program.code[thread.state],
                    program.sets[set].contains(text[position], ignoringCase: program.ignoresCase)
                else { continue }
                closure(Thread(state: thread.state + 1, saved: thread.saved), at: position + 1, into: &next)
            }
            threads = next
        }
        let winner = threads.first { if case .match = program.code[$0.state] { true } else { false } }
        return (0..<program.groupCount).map { index in
            guard let saved = winner?.saved, saved[index * 2] >= 0, saved[index * 2 + 1] >= saved[index * 2] else {
                return nil
            }
            return saved[index * 2]..<saved[index * 2 + 1]
        }
    }
}
