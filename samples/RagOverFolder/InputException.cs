namespace RagOverFolder;

/// <summary>What the user gave cannot be used; the message is one line that says what and why.</summary>
sealed class InputException(string message) : Exception(message);
