import StepwellModel
import StepwellStore

extension Page {
    /// `{"data":[…],"next":CURSOR}`, as every list of the operator's API is answered.
    func json(_ write: (_ row: Row, _ writer: inout JSONWriter) -> Void) -> RawJSON {
        var writer = JSONWriter(capacity: 512 * (rows.count + 1))
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for row in rows { write(row, &writer) }
        writer.endArray()
        writer.member(nullable: "next", next?.description)
        writer.endObject()
        return writer.json
    }
}
