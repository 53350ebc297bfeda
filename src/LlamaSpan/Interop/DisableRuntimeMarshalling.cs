using System.Runtime.CompilerServices;

[assembly: DisableRuntimeMarshalling]      // per assembly: callbacks with bool results need it
