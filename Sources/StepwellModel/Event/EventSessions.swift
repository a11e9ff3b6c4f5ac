/// The sessions that an event belongs to: up to five pairs of key and id, sorted by key (PROTOCOL §1.2).
package struct EventSessions: Sendable, Hashable {
    package static let countMax = 5
    package static let keyBytesMax = 128
    package static let idBytesMax = 512

    /// Sorted by the keys' bytes.
    package private(set) var ids: [(key: String, id: String)] = []

    package var isEmpty: Bool { ids.isEmpty }

    /// Merges what the sender set with what it inherited from the run that sends.
    ///
    /// `meta.sessions` wins; inherited ones fill the remaining slots in the order of their keys. A null under a key cuts
    /// that inherited session, null instead of the whole object cuts all of them.
    package init(meta: JSONSlice?) throws(EventError) {
        guard let meta, !meta.isNull else { return }
        guard meta.kind == .object else { throw .type(field: "meta", expected: "an object") }
        let manual = try Self.entries(of: meta["sessions"], field: "meta.sessions")
        let inherited = try Self.entries(of: meta["propagated_sessions"], field: "meta.propagated_sessions")
        ids = (manual ?? [:]).compactMap { key, id in id.map { (key, $0) } }
        guard ids.count <= Self.countMax else { throw .sessionsTooMany(ids.count) }
        if let manual, let inherited {
            let added = inherited.compactMap { key, id in manual[key] == nil ? id.map { (key: key, id: $0) } : nil }
            ids += added.sorted { Self.precedes($0.key, $1.key) }.prefix(Self.countMax - ids.count)
        }
        ids.sort { Self.precedes($0.key, $1.key) }
    }

    /// The ids by key, nil for the id of a key that is cut; nil for a field that is null as a whole.
    private static func entries(of field: JSONSlice?, field name: String) throws(EventError) -> [String: String?]? {
        guard let field else { return [:] }
        if field.isNull { return nil }
        var entries: [String: String?] = [:]
        let isObject = try field.forEachMember { (key, value) throws(EventError) in
            let key = key.string
            guard key.utf8.count <= keyBytesMax else { throw .sessionKeyTooLong(key) }
            entries.updateValue(try id(value, key: key, field: name), forKey: key)
        }
        guard isObject else { throw .type(field: name, expected: "an object of session keys and ids") }
        return entries
    }

    private static func id(_ value: JSONSlice, key: String, field: String) throws(EventError) -> String? {
        let text: String
        switch value.kind {
        case .null: return nil
        case .string: text = value.string ?? ""
        case .number: text = CanonicalJSON(value).json.text
        default: throw .type(field: "\(field).\(key)", expected: "a string, a number or null")
        }
        guard text.utf8.count <= idBytesMax else { throw .sessionIDTooLong(key: key) }
        return text
    }

    /// By bytes, as the reference does; Swift's own order is by Unicode's normal form.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Appends `{"sessions":{…}}` in canonical form.
    func write(to writer: inout JSONWriter) {
        var object = JSONWriter()
        object.beginObject()
        for (key, id) in ids {
            object.key(key)
            object.string(id)
        }
        object.endObject()
        writer.beginObject()
        // Canonical order is by UTF-16, not by bytes.
        writer.member("sessions", CanonicalJSON(object.json).json)
        writer.endObject()
    }

    package static func == (left: EventSessions, right: EventSessions) -> Bool {
        left.ids.elementsEqual(right.ids) { $0.key == $1.key && $0.id == $1.id }
    }

    package func hash(into hasher: inout Hasher) {
        for (key, id) in ids {
            hasher.combine(key)
            hasher.combine(id)
        }
    }
}
