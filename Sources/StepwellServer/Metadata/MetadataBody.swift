import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// Metadata as they cross the wire: `[{"kind","scope"?,"op"?,"values"}]` (PROTOCOL §3.5, §7.1).
enum MetadataBody {
    /// Of a kind's name, in UTF-8.
    static let kindBytesMax = 128
    static let bytesMax = MetadataTally.spanBytesMax + 4_096

    /// Those that come with an operation. What makes no sense is left out: it must not cost the step its result.
    static func entries(of opcode: Opcode) -> [MetadataEntry] {
        var entries: [MetadataEntry] = []
        opcode.metadata?.slice.forEachElement { value in
            do throws(Failure) {
                entries.append(try entry(value))
            } catch {
                return
            }
        }
        return entries
    }

    /// The body of a request: `{"target":{"step_id"?,"step_index"?},"metadata":[…]}`.
    static func request(_ body: [UInt8], for run: RunKey) throws(Failure) -> MetadataRequest {
        let json: RawJSON
        do throws(JSONError) {
            json = try RawJSON(validating: body)
        } catch {
            throw invalid("The body is not JSON: \(error).")
        }
        guard let list = json["metadata"]?.elements, !list.isEmpty else {
            throw invalid("The body must be an object whose \"metadata\" is a list with at least one entry.")
        }
        var entries: [MetadataEntry] = []
        for value in list { entries.append(try entry(value)) }
        return MetadataRequest(run: run, stepID: try stepID(json["target"]), entries: entries)
    }

    /// The step's id as its function names it; none for the run.
    private static func stepID(_ target: JSONSlice?) throws(Failure) -> String? {
        guard let target, !target.isNull else { return nil }
        guard target.kind == .object else { throw invalid("\"target\" must be an object.") }
        guard let id = target["step_id"], !id.isNull else {
            // What means a step in some other way would else go to the run.
            guard let other = target.members?.first(where: { !$0.value.isNull }) else { return nil }
            throw invalid(
                "\"target\" has \"\(other.name)\" and no \"step_id\": name the step by its id, or leave it out.")
        }
        guard let name = id.string, !name.isEmpty else { throw invalid("\"step_id\" must be the id of a step.") }
        guard let index = target["step_index"], !index.isNull else { return StepID.hashed(name) }
        guard let repetition = index.integer.flatMap({ Int(exactly: $0) }), repetition >= 0 else {
            throw invalid("\"step_index\" must be a whole number, 0 or more.")
        }
        return repetition == 0 ? StepID.hashed(name) : StepID.hashed(name, repetition: repetition)
    }

    private static func entry(_ value: JSONSlice) throws(Failure) -> MetadataEntry {
        guard let kind = value["kind"]?.string, !kind.isEmpty, kind.utf8.count <= kindBytesMax else {
            throw invalid("An entry's \"kind\" has 1 to \(kindBytesMax) bytes.")
        }
        guard let values = value["values"], values.kind == .object else {
            throw invalid("An entry's \"values\" must be an object.")
        }
        return MetadataEntry(
            isOfRun: value["scope"]?.string == "run", kind: kind, operation: try operation(value["op"]?.string),
            values: CanonicalJSON.stored(values).json)
    }

    private static func operation(_ text: String?) throws(Failure) -> MetadataOperation {
        switch text?.lowercased() ?? "" {
        case "", "merge": .merge
        case "set": .set
        case "delete": .delete
        case "add": .add
        default: throw invalid("An entry's \"op\" is one of merge, set, delete and add.")
        }
    }

    private static func invalid(_ message: String) -> Failure { Failure(400, .bodyInvalid, message) }
}
