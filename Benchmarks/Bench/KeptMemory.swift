/// Copies of buffers, which stay where they are as long as this lives.
@safe
final class KeptMemory {
    private var blocks: [UnsafeMutableRawBufferPointer] = unsafe []

    deinit {
        unsafe blocks.forEach { block in unsafe block.deallocate() }
    }

    func keep<Element: BitwiseCopyable>(
        _ buffer: UnsafeBufferPointer<Element>
    ) -> UnsafeBufferPointer<Element> {
        guard !buffer.isEmpty else { return unsafe buffer }
        let bytes = UnsafeRawBufferPointer(buffer)
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count, alignment: MemoryLayout<Element>.alignment)
        unsafe block.copyMemory(from: bytes)
        unsafe blocks.append(block)
        return unsafe UnsafeBufferPointer(block.bindMemory(to: Element.self))
    }
}
