import AltanCloud
import JSONText
import NIOCore
import Outbound
import World

extension ThirdParties {
    /// Puts a recording in, whatever its format.
    /// - Throws: `CassetteError`.
    func insert(recording path: String, mode: CassetteDeck.Mode) async throws {
        guard mode != .record, let bytes = readWholeFile(path) else {
            return try gateway.deck.insert(path, mode: mode)
        }
        let har = try await har(bytes)
        guard mode == .replay || har == bytes else {
            throw CassetteError.unwritable(
                path, reason: "calls are recorded as HAR, and this is a cassette of VCR.py; name another file")
        }
        try gateway.deck.insert(path, mode: mode, reading: har)
    }

    /// A recording as HAR: as it is, or made from a cassette of VCR.py by a worker, which reads YAML with PyYAML.
    /// - Throws: `CassetteError`.
    func har(_ bytes: [UInt8]) async throws -> [UInt8] {
        var reader = BuiltInStandIns.vcr
        switch Cassette.format(of: bytes) {
        case .har: return bytes
        case .vcr(isYAML: true): break
        case .vcr(isYAML: false): reader.requirements = []
        case .unknown(let reason): throw CassetteError.notHAR(reason)
        }
        let call = OutboundCall(
            service: "", cloud: platform.identity.cloudID, method: "POST", authority: reader.name, target: "/",
            headers: [], body: ByteBuffer(bytes: bytes))
        let answer: OutboundAnswer
        do {
            answer = try await gateway.answer(call, by: reader)
        } catch let refusal as Refusal {
            throw CassetteError.notHAR("a cassette of VCR.py is read by a worker, and \(refusal.message)")
        }
        var whole: [UInt8] = []
        switch answer.body {
        case .whole(let buffer): whole = Array(buffer.readableBytesView)
        case .stream(let stream): for try await piece in stream { whole += piece.readableBytesView }
        }
        guard answer.status == 200 else {
            let reason = (try? JSON(parsing: whole))?["message"]?.stringValue ?? "the worker answered \(answer.status)"
            throw CassetteError.notHAR(reason)
        }
        return whole
    }
}
