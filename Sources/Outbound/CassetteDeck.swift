package import JSONText
import NIOCore
import Synchronization
package import World

/// The recording that is in: played from, or recorded to.
package final class CassetteDeck: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Plays only.
        case replay = "none"
        /// Plays nothing, notes everything.
        case record
        /// Plays what it has, notes the rest.
        case newEpisodes = "new-episodes"
    }

    /// What a call finds.
    enum Finding: Sendable {
        case answer(OutboundAnswer)
        /// It knows the host, but not this call; the nearest ones it knows.
        case miss([String])
        /// It knows nothing of the host, or is not playing.
        case nothing
    }

    private struct Loaded {
        var path: String
        var mode: Mode
        var cassette: Cassette
        /// How often each entry was played.
        var played: [Int]
    }

    private let loaded = Mutex<Loaded?>(nil)
    private let world: World
    private let redact: @Sendable (JSON) -> JSON

    /// - Parameter redact: takes known secrets out of a document.
    package init(world: World, redact: @escaping @Sendable (JSON) -> JSON) {
        self.world = world
        self.redact = redact
    }

    /// Puts a recording in. One that is to be recorded need not exist yet.
    /// - Parameter har: stands for what is in the file.
    /// - Throws: `CassetteError`.
    package func insert(_ path: String, mode: Mode, reading har: [UInt8]? = nil) throws(CassetteError) {
        var cassette = Cassette()
        if mode != .record {
            if let bytes = har ?? readWholeFile(path) {
                cassette = try Cassette(parsing: bytes)
            } else if mode == .replay {
                throw .unreadable(path)
            }
        }
        let count = cassette.entries.count
        loaded.withLock { [cassette] in
            $0 = Loaded(path: path, mode: mode, cassette: cassette, played: Array(repeating: 0, count: count))
        }
    }

    /// Takes the recording out, after writing what was noted.
    /// - Throws: `CassetteError`; it is out then too.
    package func eject() throws(CassetteError) {
        let last = loaded.withLock { loaded in
            defer { loaded = nil }
            return loaded
        }
        guard let last, last.mode != .replay else { return }
        let bytes = Array(last.cassette.json.prettyText.utf8) + [UInt8(ascii: "\n")]
        guard redact(last.cassette.json) == last.cassette.json,
            last.cassette.opaqueBodies.allSatisfy({ redact(.string($0)) == .string($0) })
        else { throw .leaks(last.path) }
        do {
            try writeWholeFile(bytes, to: last.path)
        } catch {
            throw .unwritable(last.path, reason: "\(error)")
        }
    }

    /// File, mode, and how many entries there are and were played; null when none is in.
    package var state: JSON {
        loaded.withLock { loaded in
            guard let loaded else { return .null }
            return [
                "file": .string(loaded.path), "mode": .string(loaded.mode.rawValue),
                "entries": .integer(loaded.cassette.entries.count),
                "played": .integer(loaded.played.filter { $0 > 0 }.count),
            ]
        }
    }

    /// Whether a recording is in.
    var isInUse: Bool { loaded.withLock { $0 != nil } }

    /// Rewinds, so that every entry can be played again.
    package func rewind() {
        loaded.withLock { loaded in
            if let count = loaded?.played.count { loaded?.played = Array(repeating: 0, count: count) }
        }
    }

    /// Finds the answer to a call: each entry plays once, in the order of the recording; only what reads may repeat the
    /// last one.
    func find(_ call: OutboundCall) -> Finding {
        let key = key(of: call)
        return loaded.withLock { loaded -> Finding in
            guard var deck = loaded, deck.mode != .record else { return .nothing }
            let entries = deck.cassette.entries
            let same = entries.indices.filter { entries[$0].key == key }
            let isRead = key.method == "GET" || key.method == "HEAD"
            if let index = same.first(where: { deck.played[$0] == 0 }) ?? (isRead ? same.last : nil) {
                deck.played[index] += 1
                loaded = deck
                return .answer(entries[index].answer)
            }
            guard deck.mode == .replay, entries.contains(where: { $0.key.host == key.host }) else { return .nothing }
            let near = entries.indices.filter { entries[$0].key.host == key.host }.map { index -> (Int, String) in
                let entry = entries[index]
                guard let difference = entry.key.difference(from: key) else {
                    return (0, "\(entry.title) (already used)")
                }
                return (difference == "another request" ? 2 : 1, "\(entry.title) (\(difference))")
            }
            return .miss(near.sorted { $0.0 < $1.0 }.map(\.1))
        }
    }

    /// Notes an answer that did not come from the recording, where one is being made. Returns the answer, whole if it
    /// was a stream.
    func note(_ call: OutboundCall, _ answer: OutboundAnswer) async throws -> OutboundAnswer {
        guard loaded.withLock({ $0.map { $0.mode != .replay } ?? false }), answer.origin != .refused else {
            return answer
        }
        var whole = ByteBuffer()
        switch answer.body {
        case .whole(let buffer): whole = buffer
        case .stream(let stream): for try await var piece in stream { whole.writeBuffer(&piece) }
        }
        let bytes = Array(whole.readableBytesView)
        let moment = world.now.description
        loaded.withLock { loaded in
            loaded?.cassette.record(call, answer, body: bytes, at: moment, redact: redact)
            if let count = loaded?.cassette.entries.count, count > loaded?.played.count ?? 0 {
                loaded?.played.append(1)
            }
        }
        var answer = answer
        answer.body = .whole(whole)
        return answer
    }

    /// Secrets are taken out of what is compared, as they were of what is recorded.
    private func key(of call: OutboundCall) -> CallKey {
        var body = Array(call.body.readableBytesView)
        if let text = String(validating: body, as: UTF8.self), case .string(let clean) = redact(.string(text)) {
            body = Array(clean.utf8)
        }
        var target = call.target
        if case .string(let clean) = redact(.string(target)) { target = clean }
        return CallKey(
            method: call.method, host: call.host, target: target, contentType: call.header("content-type") ?? "",
            body: body)
    }
}
