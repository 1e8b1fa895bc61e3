// AgentTools
