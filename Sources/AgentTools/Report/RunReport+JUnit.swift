import AltanCloud
import World

extension RunReport {
    /// The report as JUnit's XML, which every CI reads: a case for each step, rule and endpoint.
    ///
    /// Only what blocks is a failure. What warns passes and says so in its output: CI must not be red for it.
    var junit: String {
        let blocked = Set(verdicts.filter(\.blocks).map(\.name))
        var suite = JUnitSuite()
        for verdict in verdicts where verdict.severity != .off {
            suite.add(verdict.name, in: "rules", seconds: 0, verdict.result)
        }
        for step in steps {
            let blocks = verdicts.contains { verdict in
                blocked.contains(verdict.name) && verdict.findings.contains { step.findings.contains($0) }
            }
            let lines = step.findings.map(\.line).joined(separator: "\n")
            let result: JUnitSuite.Result =
                switch step.outcome {
                case .passed: .passed(output: nil)
                case .notReached: .skipped("The run did not come so far.")
                case .failed where blocks: .failed(lines, type: "workflow")
                case .failed: .passed(output: "warning: " + (lines.isEmpty ? "the step failed" : lines))
                }
            suite.add("\(step.number). \(step.title)", in: "workflow", seconds: 0, result)
        }
        let testsBlock = blocked.contains("endpoints_tested")
        for service in coverage.services {
            for endpoint in service.endpoints {
                let result: JUnitSuite.Result =
                    switch endpoint.lack {
                    case .none: .passed(output: nil)
                    case .some(let lack) where testsBlock: .failed(lack, type: "endpoints_tested")
                    case .some(let lack): .passed(output: "warning: \(lack)")
                    }
                suite.add("\(endpoint.method) \(endpoint.path)", in: "endpoints.\(service.name)", seconds: 0, result)
            }
        }
        let output = mistakes.map { "\($0.entry.title): \($0.text)" }.joined(separator: "\n")
        return suite.xml(name: name ?? run, seconds: timings.seconds, timestamp: timings.startedAt, output: output)
    }
}

extension RuleVerdict {
    fileprivate var result: JUnitSuite.Result {
        if let failure { return severity == .block ? .error(failure) : .passed(output: "not judged: \(failure)") }
        let lines = findings.map { "\($0.line) \($0.nextStep)" }.joined(separator: "\n")
        if holds { return .passed(output: nil) }
        return severity == .block ? .failed(lines, type: name) : .passed(output: "warning: \(lines)")
    }
}

/// A suite of test cases in JUnit's XML.
package struct JUnitSuite {
    package enum Result: Sendable {
        case passed(output: String?)
        case failed(String, type: String)
        case error(String)
        case skipped(String)
    }

    private var cases: [String] = []
    private var failures = 0
    private var errors = 0
    private var skipped = 0

    package init() {}

    package mutating func add(_ name: String, in classname: String, seconds: Double, _ result: Result) {
        let head =
            "    <testcase name=\"\(name.xml)\" classname=\"altan-emulator.\(classname.xml)\" time=\"\(seconds)\""
        switch result {
        case .passed(nil): cases.append(head + "/>")
        case .passed(.some(let output)):
            cases.append("\(head)>\n      <system-out>\(output.xml)</system-out>\n    </testcase>")
        case .failed(let text, let type):
            failures += 1
            let message = text.split(separator: "\n").first.map(String.init) ?? ""
            cases.append(
                "\(head)>\n      <failure type=\"\(type.xml)\" message=\"\(message.xml)\">\(text.xml)</failure>\n"
                    + "    </testcase>")
        case .error(let text):
            errors += 1
            cases.append("\(head)>\n      <error message=\"\(text.xml)\"/>\n    </testcase>")
        case .skipped(let text):
            skipped += 1
            cases.append("\(head)>\n      <skipped message=\"\(text.xml)\"/>\n    </testcase>")
        }
    }

    package func xml(name: String, seconds: Double, timestamp: String, output: String) -> String {
        let counts =
            "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
            + " time=\"\(seconds)\""
        let lines =
            [
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites name=\"altan-emulator\" \(counts)>",
                "  <testsuite name=\"\(name.xml)\" \(counts) timestamp=\"\(timestamp.xml)\">",
            ] + cases + (output.isEmpty ? [] : ["    <system-out>\(output.xml)</system-out>"])
            + ["  </testsuite>", "</testsuites>", ""]
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// As text or attribute of XML; characters that XML has no place for become question marks.
    fileprivate var xml: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\n", "\t": text.unicodeScalars.append(scalar)
            case "\r": text += "&#13;"
            default:
                let value = scalar.value
                let isCharacter = value >= 0x20 && value != 0xFFFE && value != 0xFFFF
                text.unicodeScalars.append(isCharacter ? scalar : "?")
            }
        }
    }
}
