import CAllocator

/// What the allocator does with memory that was freed.
enum FreedMemory {
    private static let bytesKept: Int32 = 8 << 20
    private static let ownMappingBytesMin: Int32 = 1 << 20

    /// Keeps some of it for the next batch. Batches come in bursts; by default the memory of each goes back to the kernel at
    /// its end and comes again page fault by page fault, which took a twentieth of the CPU.
    static func keepForNextBatch() {
        mallopt(M_TRIM_THRESHOLD, bytesKept)
        mallopt(M_MMAP_THRESHOLD, ownMappingBytesMin)
    }
}
