/// Why the bytes of a file are not the rules of a time zone.
package enum TimeZoneError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It does not begin as a TZif file.
    case otherFormat
    /// It says that it is of a version that is not known here.
    case version(UInt8)
    /// It ends too early.
    case truncated
    /// Its lists do not agree with each other, or it goes on behind its end.
    case inconsistent
    /// It counts leap seconds, as the files below `right/` do.
    case leapSeconds
    /// A time or an offset is beyond what RFC 8536 allows.
    case outOfRange
    /// The rule for the years to come is in no known form.
    case rule

    package var description: String {
        switch self {
        case .otherFormat: "it is no TZif file"
        case .version(let byte): "its version is the byte \(byte); 1 to 4 are known"
        case .truncated: "it ends too early"
        case .inconsistent: "its lists do not agree with each other"
        case .leapSeconds: "it counts leap seconds; use the zone's file that does not"
        case .outOfRange: "it has a time or an offset out of range"
        case .rule: "its rule for the years to come is in no known form"
        }
    }
}
