import EmulatorServer
import World

/// The part of the repository's seed that `demo billing` plays with, embedded in the binary.
enum BillingSeed {
    /// Writes it to a fresh folder below the one for temporary files; returns its path.
    static func write() throws -> String {
        let folder = StateFolder.temporaryPath()
        try makeFolder(folder + "/services/billing")
        try NewFile.write(PackageResources.schema_sql, to: folder + "/schema.sql")
        try NewFile.write(PackageResources.secrets_json, to: folder + "/secrets.json")
        try NewFile.write(PackageResources.service_py, to: folder + "/services/billing/service.py")
        try NewFile.write(PackageResources.service_json, to: folder + "/services/billing/service.json")
        return folder
    }
}
