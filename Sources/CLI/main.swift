import ArgumentParser
import AsyncHTTPClient
import EmulatorServer
import PythonWorker

print("altan-emulator")
