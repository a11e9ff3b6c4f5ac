import StepwellModel

/// The server's answer to a registration (PROTOCOL §2.1).
package enum RegisterReply: Sendable, Hashable {
    /// `warnings` tell of options that are stored but have no effect yet.
    case accepted(isModified: Bool, syncID: String, appID: String, warnings: [String])
    case refused(status: Int, code: String, message: String, data: RawJSON?)

    package init(refusing problem: RegisterRequest.Problem) {
        var data: RawJSON?
        var code = "app_invalid"
        if case .functions(let problems) = problem {
            code = problems.first?.code.rawValue ?? code
            data = Self.data(of: problems)
        }
        self = .refused(status: 400, code: code, message: problem.description, data: data)
    }

    package var status: Int {
        switch self {
        case .accepted: 200
        case .refused(let status, _, _, _): status
        }
    }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .accepted(let isModified, let syncID, let appID, let warnings):
            writer.member("ok", true)
            writer.member("modified", isModified)
            writer.member("sync_id", syncID)
            writer.member("app_id", appID)
            if !warnings.isEmpty {
                writer.key("warnings")
                writer.beginArray()
                for warning in warnings { writer.string(warning) }
                writer.endArray()
            }
        case .refused(let status, let code, let message, let data):
            writer.member("code", code)
            writer.member("error", message)
            writer.member("data", data ?? .null)
            writer.member("status", status)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads an answer on the SDK's side, of whatever server.
    package init(status: Int, body: [UInt8]) {
        let json = (try? RawJSON(validating: body)) ?? .null
        let stated = json["status"]?.integer.flatMap { Int(exactly: $0) } ?? status
        let error = json["error"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        guard (200..<300).contains(status), stated < 400, error == nil || json["ok"]?.bool == true else {
            let text = error ?? String(decoding: body.prefix(512), as: UTF8.self)
            self = .refused(
                status: max(stated, status), code: json["code"]?.string ?? "",
                message: text.isEmpty ? "the server answered \(status)" : text, data: json["data"]?.raw)
            return
        }
        self = .accepted(
            isModified: json["modified"]?.bool ?? false, syncID: json["sync_id"]?.string ?? "",
            appID: json["app_id"]?.string ?? "", warnings: json["warnings"]?.elements?.compactMap(\.string) ?? [])
    }

    private static func data(of problems: [ConfigurationProblem]) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("errors")
        writer.beginArray()
        for problem in problems {
            writer.beginObject()
            writer.member("code", problem.code.rawValue)
            writer.member("function", problem.function)
            writer.member("field", problem.field)
            writer.member("message", problem.message)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.json
    }
}
