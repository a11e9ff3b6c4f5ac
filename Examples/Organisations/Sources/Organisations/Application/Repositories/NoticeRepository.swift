/// What people who look after the system have to see.
struct Notice: Hashable, Sendable {
    /// What the notice is about; a second notice about the same is none.
    let subject: String
    /// What went wrong.
    let error: String
    /// The event whose handling went wrong.
    let event: String
}

/// Notices to people. Its operations may be repeated, as those of ``OrganisationRepository``.
protocol NoticeRepository: Sendable {
    /// Notifies once for each subject.
    func notify(_ notice: Notice) throws
}
