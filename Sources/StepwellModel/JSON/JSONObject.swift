/// The members of a JSON object in the order in which they were written; of repeated names the last one counts.
///
/// Names are told apart by their characters, not by what Unicode holds equivalent. Made for the few members that most
/// objects have; many members are handled without quadratic work, since objects come from strangers.
package struct JSONObject: Sendable, Hashable {
    /// From this many members on, an index of names pays.
    private static let indexThreshold = 16

    /// Name and value pairs, in order, each name once.
    package private(set) var members: [(name: String, value: JSONValue)]

    package init() { members = [] }

    package init(_ members: [(name: String, value: JSONValue)]) {
        self.members = members
        guard members.count >= Self.indexThreshold else {
            self.members.removeAll(keepingCapacity: true)
            for member in members { self[member.name] = member.value }
            return
        }
        let index = Self.index(of: members)
        guard index.count < members.count else { return }
        // The place of a repeated name is that of its first, its value that of its last.
        var seen: Set<Name> = []
        self.members = members.compactMap { member in
            guard seen.insert(Name(text: member.name)).inserted, let last = index[Name(text: member.name)] else {
                return nil
            }
            return (member.name, members[last].value)
        }
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    /// The value of `name`; nil when the object has no such member. Setting nil removes the member.
    package subscript(name: String) -> JSONValue? {
        get { members.first { JSONText.areSame($0.name, name) }?.value }
        set {
            let index = members.firstIndex { JSONText.areSame($0.name, name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// Two objects are equal when they have the same members, in whatever order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        guard left.count >= indexThreshold else {
            return left.members.allSatisfy { right[$0.name] == $0.value }
        }
        let index = index(of: right.members)
        return left.members.allSatisfy { member in
            index[Name(text: member.name)].map { right.members[$0].value == member.value } ?? false
        }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        // Order must not matter: the members' own hashes are summed.
        var sum = 0
        for member in members {
            var own = Hasher()
            own.combine(member.name)
            own.combine(member.value)
            sum &+= own.finalize()
        }
        hasher.combine(sum)
    }

    /// Where each name stands last.
    private static func index(of members: [(name: String, value: JSONValue)]) -> [Name: Int] {
        var index: [Name: Int] = [:]
        index.reserveCapacity(members.count)
        for (position, member) in members.enumerated() { index[Name(text: member.name)] = position }
        return index
    }

    private struct Name: Hashable {
        let text: String

        static func == (left: Name, right: Name) -> Bool { JSONText.areSame(left.text, right.text) }
    }
}
