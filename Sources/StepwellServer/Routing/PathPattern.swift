/// The path of a route: literal segments and parameters in braces, such as `/v0/runs/{id}/actions`.
///
/// Empty segments do not count, so a doubled or trailing slash changes nothing.
package struct PathPattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    package let description: String
    private let segments: [Segment]

    package init(stringLiteral text: String) { self.init(text) }

    package init(_ text: String) {
        description = text
        segments = text.utf8.split(separator: UInt8(ascii: "/")).map { part in
            let segment = String(Substring(part))
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return .literal(segment) }
            return .parameter(String(segment.dropFirst().dropLast()))
        }
    }

    var segmentCount: Int { segments.count }

    /// The first segment, which is a literal; the empty text for the root.
    var first: Substring {
        switch segments.first {
        case .literal(let text): text[...]
        case .parameter: preconditionFailure("\(description) begins with a parameter")
        case nil: ""
        }
    }

    /// Paths of other routes with the same literals in the same places cannot be told apart from this one's.
    var shape: String { segments.map { if case .literal(let text) = $0 { text } else { "{}" } }.joined(separator: "/") }

    /// What a request's path was split into.
    static func split(_ path: Substring) -> [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
    }

    /// The parameters' values; nil when the path is another one.
    func match(_ parts: [Substring]) -> PathParameters? {
        var parameters = PathParameters()
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let text):
                guard text.utf8.elementsEqual(part.utf8) else { return nil }
            case .parameter(let name):
                guard let value = PercentCoding.decode(part) else { return nil }
                parameters.values.append((name, value))
            }
        }
        return parameters
    }
}

/// The values of a path's parameters, decoded.
package struct PathParameters: Sendable {
    fileprivate(set) var values: [(name: String, value: String)] = []

    /// The value of a parameter that the route's pattern names; the empty text for any other.
    package subscript(name: String) -> String { values.first { $0.name == name }?.value ?? "" }
}
