/**
 * Providers with an OpenAI-compatible chat endpoint, by the prefix of a model name. Prefixes, addresses and variables are
 * those of LiteLLM where it has them.
 */
import type { Provider } from "./provider.js";

/** Local servers accept any key or none. */
const local = (baseUrl: string, baseUrlEnv: string): Provider => ({
  baseUrl,
  baseUrlEnv: [baseUrlEnv],
  free: true,
});

const hosted = (baseUrl: string, ...apiKeyEnv: readonly string[]): Provider => ({ baseUrl, apiKeyEnv });

export const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: {
    ...hosted("https://api.openai.com/v1", "OPENAI_API_KEY"),
    baseUrlEnv: ["OPENAI_BASE_URL", "OPENAI_API_BASE"],
    maxTokensField: "max_completion_tokens",
  },
  azure: {
    dialect: "azure",
    baseUrlEnv: ["AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"],
    apiKeyEnv: ["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"],
    maxTokensField: "max_completion_tokens",
  },
  anthropic: {
    ...hosted("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
    baseUrlEnv: ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"],
    schema: "text",
    unsupported: ["presencePenalty", "frequencyPenalty", "seed"],
  },
  gemini: {
    ...hosted("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY", "GOOGLE_API_KEY"),
    unsupported: ["seed"],
  },
  groq: hosted("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
  mistral: hosted("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
  codestral: hosted("https://codestral.mistral.ai/v1", "CODESTRAL_API_KEY"),
  deepseek: { ...hosted("https://api.deepseek.com", "DEEPSEEK_API_KEY"), schema: "json-object" },
  xai: hosted("https://api.x.ai/v1", "XAI_API_KEY"),
  together_ai: hosted(
    "https://api.together.xyz/v1",
    "TOGETHER_API_KEY",
    "TOGETHER_AI_API_KEY",
    "TOGETHERAI_API_KEY",
  ),
  fireworks_ai: hosted("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"),
  openrouter: hosted("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
  perplexity: hosted("https://api.perplexity.ai", "PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
  deepinfra: hosted("https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
  cerebras: hosted("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
  sambanova: hosted("https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
  nvidia_nim: hosted("https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY", "NVIDIA_API_KEY"),
  cohere: hosted("https://api.cohere.ai/compatibility/v1", "COHERE_API_KEY"),
  ai21: hosted("https://api.ai21.com/studio/v1", "AI21_API_KEY"),
  meta_llama: hosted("https://api.llama.com/compat/v1", "LLAMA_API_KEY"),
  moonshot: hosted("https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
  dashscope: hosted("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY"),
  zai: hosted("https://api.z.ai/api/paas/v4", "ZAI_API_KEY", "ZHIPU_API_KEY"),
  volcengine: hosted("https://ark.cn-beijing.volces.com/api/v3", "VOLCENGINE_API_KEY"),
  huggingface: hosted("https://router.huggingface.co/v1", "HF_TOKEN", "HUGGINGFACE_API_KEY"),
  github: hosted("https://models.github.ai/inference", "GITHUB_TOKEN", "GITHUB_API_KEY"),
  friendliai: hosted("https://api.friendli.ai/serverless/v1", "FRIENDLI_TOKEN"),
  novita: hosted("https://api.novita.ai/v3/openai", "NOVITA_API_KEY"),
  nebius: hosted("https://api.tokenfactory.nebius.com/v1", "NEBIUS_API_KEY"),
  hyperbolic: hosted("https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY"),
  featherless_ai: hosted("https://api.featherless.ai/v1", "FEATHERLESS_AI_API_KEY"),
  nscale: hosted("https://inference.api.nscale.com/v1", "NSCALE_API_KEY"),
  lambda_ai: hosted("https://api.lambda.ai/v1", "LAMBDA_API_KEY"),
  baseten: hosted("https://inference.baseten.co/v1", "BASETEN_API_KEY"),
  siliconflow: hosted("https://api.siliconflow.com/v1", "SILICONFLOW_API_KEY"),
  scaleway: hosted("https://api.scaleway.ai/v1", "SCW_SECRET_KEY"),
  v0: hosted("https://api.v0.dev/v1", "V0_API_KEY"),
  morph: hosted("https://api.morphllm.com/v1", "MORPH_API_KEY"),
  vercel_ai_gateway: hosted(
    "https://ai-gateway.vercel.sh/v1",
    "AI_GATEWAY_API_KEY",
    "VERCEL_AI_GATEWAY_API_KEY",
  ),
  wandb: hosted("https://api.inference.wandb.ai/v1", "WANDB_API_KEY"),
  chutes: hosted("https://llm.chutes.ai/v1", "CHUTES_API_KEY"),
  poe: hosted("https://api.poe.com/v1", "POE_API_KEY"),
  veniceai: hosted("https://api.venice.ai/api/v1", "VENICE_AI_API_KEY"),
  synthetic: hosted("https://api.synthetic.new/openai/v1", "SYNTHETIC_API_KEY"),
  publicai: hosted("https://api.publicai.co/v1", "PUBLICAI_API_KEY"),
  "nano-gpt": hosted("https://nano-gpt.com/api/v1", "NANOGPT_API_KEY"),
  xiaomi_mimo: hosted("https://api.xiaomimimo.com/v1", "XIAOMI_MIMO_API_KEY"),
  helicone: hosted("https://ai-gateway.helicone.ai", "HELICONE_API_KEY"),
  reka: hosted("https://api.reka.ai/v1", "REKA_API_KEY"),
  inception: hosted("https://api.inceptionlabs.ai/v1", "INCEPTION_API_KEY"),
  upstage: hosted("https://api.upstage.ai/v1", "UPSTAGE_API_KEY"),
  litellm_proxy: {
    baseUrlEnv: ["LITELLM_PROXY_API_BASE"],
    apiKeyEnv: ["LITELLM_PROXY_API_KEY"],
  },
  ollama: local("http://localhost:11434/v1", "OLLAMA_API_BASE"),
  lm_studio: local("http://localhost:1234/v1", "LM_STUDIO_API_BASE"),
  hosted_vllm: local("http://localhost:8000/v1", "HOSTED_VLLM_API_BASE"),
  llamafile: local("http://localhost:8080/v1", "LLAMAFILE_API_BASE"),
  localai: local("http://localhost:8080/v1", "LOCALAI_API_BASE"),
};
