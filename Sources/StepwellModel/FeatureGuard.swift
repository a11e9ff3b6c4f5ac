// The compiler ignores an upcoming feature whose name it does not know, so a slip of the pen in Package.swift would
// switch a rule off without a word. All our targets share those settings; it is enough to look at them once, here.

#if !hasFeature(ExistentialAny)
    #error("Package.swift must enable the upcoming feature ExistentialAny for every target")
#endif

#if !hasFeature(MemberImportVisibility)
    #error("Package.swift must enable the upcoming feature MemberImportVisibility for every target")
#endif

#if !swift(>=6)
    #error("Package.swift must select language mode 6: strict concurrency is not optional here")
#endif
