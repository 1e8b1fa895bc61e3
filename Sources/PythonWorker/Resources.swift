/// The worker's Python, embedded in the binary.
enum Resources {
    static var bootstrap: [UInt8] { PackageResources.bootstrap_py }

    /// The modules of the package `altan_worker`.
    static var modules: [(name: String, text: [UInt8])] {
        [
            ("bundle", PackageResources.bundle_py),
            ("causes", PackageResources.causes_py),
            ("code_facts", PackageResources.code_facts_py),
            ("cold", PackageResources.cold_py),
            ("connection", PackageResources.connection_py),
            ("deferred", PackageResources.deferred_py),
            ("exchange", PackageResources.exchange_py),
            ("frames", PackageResources.frames_py),
            ("hints", PackageResources.hints_py),
            ("inspection", PackageResources.inspection_py),
            ("logs", PackageResources.logs_py),
            ("loop", PackageResources.loop_py),
            ("module", PackageResources.module_py),
            ("outbound", PackageResources.outbound_py),
            ("service", PackageResources.service_py),
            ("standin", PackageResources.standin_py),
            ("standin_kit", PackageResources.standin_kit_py),
            ("standin_websockets", PackageResources.standin_websockets_py),
            ("worker", PackageResources.worker_py),
            ("zygote", PackageResources.zygote_py),
        ]
    }
}
