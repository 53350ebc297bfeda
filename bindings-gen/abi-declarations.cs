// dotnet run abi-declarations.cs FILE: lists for native/abi-probe what the bindings declare.
#:project ../tests/support/LlamaSpan.TestSupport.csproj
#:property PublishAot=false

using LlamaSpan.TestSupport.Abi;

File.WriteAllText(args[0], BindingsLayout.ToProbeSource());
