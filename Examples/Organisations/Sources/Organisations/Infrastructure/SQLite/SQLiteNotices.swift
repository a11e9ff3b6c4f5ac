/// Notices in the system's database, for whoever looks there.
struct SQLiteNotices: NoticeRepository {
    let database: Database

    /// The subject is the key: people are told once.
    func notify(_ notice: Notice) throws {
        try database.run(
            "INSERT INTO notices (subject, error, event) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [.text(notice.subject), .text(notice.error), .text(notice.event)])
    }

    /// All of them, by subject.
    func notices() throws -> [Notice] {
        try database.run("SELECT subject, error, event FROM notices ORDER BY subject").map { row in
            Notice(subject: row[0].text ?? "", error: row[1].text ?? "", event: row[2].text ?? "")
        }
    }
}
