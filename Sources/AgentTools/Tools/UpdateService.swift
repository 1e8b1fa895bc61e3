extension Tool {
    /// On the platform creating and updating are one upsert; so are they here.
    static let updateService = Tool(
        "update_service",
        title: "Update service",
        description: """
            Deploys new code for a service. What is given replaces code and requirements as a whole. If the new module \
            does not come up, the code from before keeps serving and the reply has the traceback. Afterwards call the \
            endpoints again with real requests.
            """,
        arguments: deploymentArguments,
        output: deploymentResult,
        hints: .writes,
        run: deploy
    )
}
