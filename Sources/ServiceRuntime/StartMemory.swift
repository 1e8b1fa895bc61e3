import CPythonShim

/// Keeps a long script or a long response from leaving its memory with the thread that made it.
package func boundFreeMemory() { altan_bound_free_memory() }

/// Gives back the memory that only starting took. Takes a few milliseconds.
package func giveBackStartMemory() { altan_give_back_memory() }
