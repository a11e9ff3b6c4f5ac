import StepwellHTTP

/// Options that several commands have.
enum SharedOptions {
    static let help = Option<Bool>(switch: "help", letter: "h", help: "Show this page")
        .grouped("General", isSetting: false)

    static let configuration = Option<String?>(
        "config", .text("FILE"),
        help: "Read settings from this JSON file; default: stepwell.json here or above, else in ~/.config/stepwell"
    ).grouped("General", isSetting: false)

    static let json = Option<Bool>(switch: "json", help: "Write JSON for programs")
        .grouped("General", isSetting: false)

    static let url = Option<HTTPURL?>(
        "url", .url, help: "The server's address; default: http://127.0.0.1:8288"
    ).grouped("Server")

    static let token = Option<String?>(
        "token", .text("TOKEN"), help: "The operator's token; default: what the token file beside the data file holds"
    ).grouped("Server")

    static let data = Option<String?>(
        "data", .text("FILE"),
        help: "The server's data file, beside which the token file FILE.token is; default: stepwell.db"
    ).grouped("Server")
}
