/// A request method. The raw values are llhttp's; methods that are not listed here are answered with 501.
package enum HTTPMethod: UInt8, Sendable, Hashable, CustomStringConvertible {
    case delete = 0
    case get = 1
    case head = 2
    case post = 3
    case put = 4
    case options = 6
    case trace = 7
    case patch = 28

    package var name: String {
        switch self {
        case .delete: "DELETE"
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        }
    }

    package var description: String { name }
}
