namespace LlamaSpan;

/// <summary>How urgently the operating system runs a pool's threads; above <see cref="Normal"/> it may need privileges.</summary>
public enum ThreadPoolPriority
{
    /// <summary>Behind others.</summary>
    Low = -1,

    /// <summary>As others.</summary>
    Normal = 0,

    /// <summary>Before others.</summary>
    Medium = 1,

    /// <summary>Before most.</summary>
    High = 2,

    /// <summary>Before all that can wait.</summary>
    RealTime = 3,
}
