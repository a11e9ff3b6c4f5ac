import Glibc

#if !hasFeature(ExistentialAny) || !hasFeature(MemberImportVisibility)
    #error("An upcoming feature that Package.swift names is not on: is it misspelt?")
#endif

let environment = ProcessFacts.environment()
let context = CommandContext(
    terminal: StandardTerminal(environment: environment), environment: environment,
    directory: ProcessFacts.workingDirectory())
exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst()), in: context).rawValue)
