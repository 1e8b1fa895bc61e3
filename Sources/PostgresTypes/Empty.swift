// PostgresTypes
