import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// State folders that take nothing, artifacts that are damaged or gone, and restarts behind that.
@Suite("Faults: disks and artifacts", .serialized, .blocking)
struct DamagedDiskTests {
    /// Kills each worker once; their successors read what the folder has.
    private func killWorkers(_ trial: FaultTrial) throws {
        for worker in trial.service.children {
            try trial.feedOn(milliseconds: 200)
            kill(worker, SIGKILL)
            trial.faults += 1
            _ = try trial.service.wait(for: "another worker") {
                trial.service.children.contains(worker) ? nil : true
            }
            try trial.scene.waitForSlots(2)
        }
    }

    @Test(
        "a state folder that is full, and then read-only",
        .enabled(if: SmallVolume.isPossible, "needs the right to mount"),
        arguments: Delivery.possible)
    func state(delivery: Delivery) throws {
        let volume = try SmallVolume(kilobytes: 4_096)
        let trial = try FaultTrial(delivery, versions: 4, state: volume.folder.url.path)
        try volume.folder.write("ballast", [])
        try volume.fill(volume.folder.path("ballast"))
        trial.faults += 1
        // Neither its artifact nor the news of it can be kept.
        _ = try trial.scene.change("promote", "http-anomaly@2")
        try killWorkers(trial)
        try volume.makeReadOnly()
        trial.faults += 1
        _ = try trial.scene.change("promote", "http-anomaly@3")
        try trial.feedOn(milliseconds: 200)
        try volume.makeWritable()
        try FileManager.default.removeItem(atPath: volume.folder.path("ballast"))
        _ = try trial.scene.change("promote", "http-anomaly@4")
        try killWorkers(trial)
        try trial.end("state folder full, then read-only")
    }
}
