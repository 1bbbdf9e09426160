"""The command `genevolve`: a verb and a file. Data goes to standard output, progress to standard error."""
