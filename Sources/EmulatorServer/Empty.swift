// EmulatorServer
