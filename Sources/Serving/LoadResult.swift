/// The loader's word on an epoch.
package struct LoadResult: Sendable, Equatable {
    package let epoch: Int64
    package let standing: DeploymentTracker.Standing

    package init(epoch: Int64, standing: DeploymentTracker.Standing) {
        self.epoch = epoch
        self.standing = standing
    }
}
