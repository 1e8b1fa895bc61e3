/// One message between the host and a worker.
///
/// On the wire: a head of 12 bytes, little-endian (payload length, stream, kind, flags, auxiliary number), then the
/// payload. A *stream* is one HTTP exchange; stream 0 is the connection itself.
package struct Frame: Hashable, Sendable {
    /// Zero for what concerns the whole connection.
    package var stream: UInt32
    package var kind: Kind
    package var flags: Flags
    /// What it means depends on the kind: the status of a response, the length of a request id.
    package var auxiliary: UInt16
    package var payload: [UInt8]

    package init(
        _ kind: Kind,
        stream: UInt32 = 0,
        flags: Flags = [],
        auxiliary: UInt16 = 0,
        payload: [UInt8] = []
    ) {
        self.stream = stream
        self.kind = kind
        self.flags = flags
        self.auxiliary = auxiliary
        self.payload = payload
    }

    package enum Kind: UInt8, Sendable, CaseIterable {
        /// Host → worker: what to run, as the JSON of `WorkerOrder`. The first frame of a serving worker.
        case order = 1
        /// Host → worker: a request's head (`u32` length, then a marshalled `RequestHead`), then what is there of its body.
        case request = 2
        /// Both ways: a piece of a body.
        case body = 3
        /// Host → worker: the client is gone; nobody reads what this stream still says.
        case disconnect = 4
        /// Both ways: the receiver took `u32` bytes of this stream's body, so as many more may be sent.
        case window = 5
        /// Host → worker: are you there? Answered from the event loop.
        case ping = 6
        /// Host → worker: finish what runs, run the shutdown handlers, exit.
        case shutdown = 7
        /// Host → worker: report on the module text in the payload without running it.
        case inspect = 8
        /// Worker → host: status (auxiliary), header fields (`u32` length, then marshalled), what is there of the body.
        case response = 16
        /// Worker → host: answer to `ping`.
        case pong = 17
        /// Worker → host: the module is imported and started; JSON.
        case ready = 18
        /// Worker → host: the module did not come up; JSON.
        case failed = 19
        /// Worker → host: this stream ends without being complete.
        case reset = 20
        /// Worker → host: one line of output without its newline, after the request id it belongs to
        /// (auxiliary: the id's length).
        case log = 21
        /// Worker → host: answer to `inspect`; JSON.
        case inspection = 22
        /// Host → zygote: fork a worker; stream is its number, the payload names packages to import before, and two
        /// descriptors travel along: data socket, log pipe.
        case spawn = 32
        /// Zygote → host: the worker with that number runs; auxiliary is unused, the payload is its pid (`u32`).
        case spawned = 33
        /// Zygote → host: the worker with that number ended; payload: pid (`u32`), wait status (`u32`).
        case exited = 34
    }

    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// More of this body follows in `body` frames.
        package static let more = Flags(rawValue: 1)
        /// Standard error rather than standard output (`log`).
        package static let standardError = Flags(rawValue: 2)
        /// Start a fresh interpreter rather than a copy of the warm one (`spawn`).
        package static let cold = Flags(rawValue: 4)
    }

    /// Length of a head on the wire.
    package static let headLength = 12
    /// The largest payload anyone sends; a longer one means that the two sides no longer understand each other.
    package static let largestPayload = 64 << 20
    /// How many body bytes of one stream may be under way in one direction before a `window` frame arrives.
    /// A sender may start a frame while any credit is left, so that at most one frame exceeds it.
    package static let initialWindow = 1 << 20
    /// The largest piece of a request's body in one frame. (A response's may be larger: the host passes pieces on
    /// before they are complete.)
    package static let largestBodyPiece = 64 << 10
}
