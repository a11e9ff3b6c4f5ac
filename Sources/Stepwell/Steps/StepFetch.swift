import StepwellModel

extension Step {
    /// Lets the server make a request, and gives its answer, recorded once.
    ///
    /// ```swift
    /// let rates = try await step.fetch("rates", "https://rates.example.com/latest")
    /// guard rates.isSuccess else { return nil }
    /// ```
    ///
    /// Nothing of this process is held meanwhile: it suits answers that take minutes. Any status is an answer; a connection
    /// that fails is tried again as often as the function's retries say. The request is made at least once: the server can
    /// die between the answer and its record.
    ///
    /// - Parameter url: an absolute `http` or `https` URL, fetched by `GET`.
    /// - Throws: ``StepError`` when there is no answer after all attempts, when it is larger than 4 MiB, or when the request
    ///   cannot be made; ``RunInterrupted``; `CancellationError`; ``StepwellError`` for a mistake in the function.
    public nonisolated(nonsending) func fetch(_ id: String, _ url: String) async throws -> FetchResponse {
        try await fetch(id, FetchRequest(url))
    }

    /// As the form that takes a URL, with a method, headers and a body.
    ///
    /// - Throws: what that form throws.
    public nonisolated(nonsending) func fetch(_ id: String, _ request: FetchRequest) async throws -> FetchResponse {
        var options = JSONWriter(capacity: (request.body?.utf8.count ?? 0) + 256)
        options.beginObject()
        options.member("url", request.url)
        options.member("method", request.method)
        options.key("headers")
        options.write(request.headers)
        options.member(optional: "body", request.body)
        options.member("type", "step.fetch")
        options.endObject()
        let (step, memo) = try await session.result(of: id, .fetch(options.json)) { .null }
        return try Self.decode(try memo.result(of: step), of: id)
    }
}

extension JSONWriter {
    /// An object of texts, by name: the same for the same ones.
    mutating func write(_ texts: [String: String]) {
        beginObject()
        for (name, value) in texts.sorted(by: { $0.key < $1.key }) {
            key(name)
            string(value)
        }
        endObject()
    }
}
