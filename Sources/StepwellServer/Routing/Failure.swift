import StepwellHTTP
import StepwellModel

/// Why a request is refused: what the client reads.
package struct Failure: Error, Sendable {
    package var status: HTTPStatus
    package var code: ErrorCode
    /// What happened and what to do.
    package var message: String
    package var headers: HTTPHeaders

    package init(_ status: HTTPStatus, _ code: ErrorCode, _ message: String, headers: HTTPHeaders = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// `{"code","error","status"}`: SDKs read the latter two.
    package var json: RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("code", code.rawValue)
        writer.member("error", message)
        writer.member("status", status.code)
        writer.endObject()
        return writer.json
    }
}
