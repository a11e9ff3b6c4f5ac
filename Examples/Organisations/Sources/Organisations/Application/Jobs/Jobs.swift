import Stepwell

/// The durable functions of the system, over what they need.
struct Jobs: Sendable {
    let organisations: any OrganisationRepository
    let directory: any DirectoryRepository
    let notices: any NoticeRepository
    let knowledge: any KnowledgeGraph
    let export: any RecordExport
    let log: any WorkLog
    /// How long a step of the logged jobs takes at least. Default: no longer than it must.
    var pace: Duration = .zero

    var all: [any DurableFunction] {
        [
            createProvisionalOrganisation, listOrganisation, assessOrganisation, followChildImport, enrichOrganisation,
            exportOrganisation, refreshOrganisation, refreshStaleOrganisations, remindOfConfirmation,
        ]
    }

    /// The steps of a run of `job`, told to the work log.
    func logged(_ step: Step, of job: String, about subject: some CustomStringConvertible) -> LoggedStep {
        LoggedStep(step: step, log: log, job: job, subject: subject.description, pace: pace)
    }
}
