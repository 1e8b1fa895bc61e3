// PostgresSyntax
