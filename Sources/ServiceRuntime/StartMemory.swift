import CPythonShim

/// Gives back the memory that only starting took. Takes a few milliseconds.
package func giveBackStartMemory() { altan_give_back_memory() }
