private import Synchronization

/// A time zone: what offset from UTC holds at which moment.
package struct TimeZoneRules: Sendable {
    /// The name as `SHOW TimeZone` prints it.
    package let name: String
    let transitions: ZoneTransitions

    package static let utc = TimeZoneRules(name: "UTC", transitions: ZoneTransitions(fixed: 0))

    /// A zone of the system's database in any case (`europe/berlin`), or a POSIX form (`EST5EDT`, `FOO+3`, `+05:30`,
    /// whose sign counts westward). nil for what is neither.
    package init?(named name: String) {
        let key = name.lowercased()
        if key == "utc" {
            self = .utc
            return
        }
        if let known = loadedZones.withLock({ $0[key] }) {
            self = known
            return
        }
        if let (fullName, transitions) = ZoneFile.load(name) {
            self.init(name: fullName, transitions: transitions)
        } else if let rule = PosixZone(name) {
            self.init(name: name, transitions: ZoneTransitions(rule: rule))
        } else {
            return nil
        }
        let zone = self
        loadedZones.withLock { $0[key] = zone }
    }

    /// What `SET TimeZone` takes: a number of hours east of Greenwich, or a name.
    package init?(setting: String) {
        if let hours = Double(setting), abs(hours) < 168, hours.isFinite {
            self.init(offset: Int((hours * 3600).rounded(.towardZero)))
        } else {
            self.init(named: setting)
        }
    }

    /// A zone that never changes, by its seconds east of Greenwich.
    package init(offset: Int) {
        let east = text { Temporal.append(offset: offset, isJSON: false, to: &$0) }
        let west = text { Temporal.append(offset: -offset, isJSON: false, to: &$0) }
        self.init(name: "<\(east)>\(west)", transitions: ZoneTransitions(fixed: offset))
    }

    private init(name: String, transitions: ZoneTransitions) {
        self.name = name
        self.transitions = transitions
    }

    // MARK: Conversion

    /// Seconds east of Greenwich at a moment given in seconds since 1970 (UTC).
    package func offset(at seconds: Int64) -> Int { transitions.offset(at: seconds) }

    func offset(atMicroseconds value: Int64) -> Int {
        if let fixed = transitions.fixedOffset { return fixed }
        return offset(at: Temporal.seconds(value))
    }

    /// The offset that holds at a local time, given in seconds since 1970 as if it were UTC. A time that the clock
    /// skipped is read with the offset before the change, one that it showed twice with the offset after it.
    package func offset(atLocal seconds: Int64) -> Int {
        if let fixed = transitions.fixedOffset { return fixed }
        guard let change = transitions.firstChange(after: seconds - 86_400) else {
            return transitions.offset(at: seconds - 86_400)
        }
        let before = seconds - Int64(change.before)
        let after = seconds - Int64(change.after)
        if before < change.at, after < change.at { return change.before }
        if before > change.at, after >= change.at { return change.after }
        return before > after ? change.before : change.after
    }

    /// The moment at which clocks here show a local time; both in microseconds since 1970.
    package func moment(ofLocal microseconds: Int64) -> Int64 {
        microseconds - Int64(offset(atLocal: Temporal.seconds(microseconds))) * Temporal.microsecondsPerSecond
    }

    /// What clocks here show at a moment.
    package func local(at microseconds: Int64) -> Int64 {
        microseconds + Int64(offset(atMicroseconds: microseconds)) * Temporal.microsecondsPerSecond
    }

    /// The zone's abbreviation at a moment (`CET`), for `to_char`'s TZ; nil where it has none.
    package func abbreviation(at seconds: Int64) -> String? {
        if name == "UTC" { return "UTC" }
        return transitions.abbreviation(at: seconds)
    }
}

extension TimeZoneRules: Hashable {
    package static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool { left.name == right.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Zones that were asked for before, by their names in small letters.
private let loadedZones = Mutex<[String: TimeZoneRules]>([:])

extension Temporal {
    /// Whole seconds of a moment, rounded towards the past.
    static func seconds(_ microseconds: Int64) -> Int64 {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: microsecondsPerSecond)
        return rest < 0 ? quotient - 1 : quotient
    }
}
