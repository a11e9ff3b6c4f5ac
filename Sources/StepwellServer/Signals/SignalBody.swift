import StepwellCore
import StepwellHTTP
import StepwellModel

/// The body of a request that sends a signal: `{"signal","data"?}` (PROTOCOL §4.4).
enum SignalBody {
    /// Of a signal's name, in UTF-8.
    static let nameBytesMax = 1_024
    /// The data become a step's result, and have its limit: 4 MiB.
    static let dataBytesMax = 4 << 20
    /// Room for the name, and for what JSON adds to it.
    static let bytesMax = dataBytesMax + 8 * nameBytesMax

    /// - Parameter isStrict: Other members are refused, as in all bodies of operators; what SDKs send may have more.
    static func signal(_ body: [UInt8], isStrict: Bool) throws(Failure) -> SentSignal {
        let json: RawJSON
        do throws(JSONError) {
            json = try RawJSON(validating: body)
        } catch {
            throw invalid("The body is not JSON: \(error).")
        }
        guard json.kind == .object, let name = json["signal"]?.string, !name.isEmpty else {
            throw invalid("The body must be an object whose \"signal\" is the name of a signal.")
        }
        let other = isStrict ? json.slice.members?.first { !["data", "signal"].contains($0.name) } : nil
        if let other {
            throw BodyReader.refuse("the body has no member \"\(other.name)\"; it takes signal, data")
        }
        guard name.utf8.count <= nameBytesMax else {
            throw invalid("The name of a signal has at most \(nameBytesMax) bytes; this one has \(name.utf8.count).")
        }
        let data = json["data"].map { CanonicalJSON.stored($0).json } ?? .null
        guard data.count <= dataBytesMax else {
            throw Failure(
                413, .bodyTooLarge,
                "The data of a signal have at most \(dataBytesMax) bytes; these have \(data.count).")
        }
        return SentSignal(name: name, data: data)
    }

    private static func invalid(_ message: String) -> Failure { Failure(400, .bodyInvalid, message) }
}
