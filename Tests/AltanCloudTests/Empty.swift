// AltanCloud
