import type { Command } from "./command.ts";
import { PROGRAM } from "./help.ts";
import type { Completion, OptionShape } from "./option.ts";

/** The shells for which there is a completion. */
export const SHELLS = ["bash", "zsh"] as const;
export type Shell = (typeof SHELLS)[number];

/** Returns a script that completes the commands, their flags, and the values of flags. */
export function completionScript(
  shell: Shell,
  commands: readonly Command[],
  others: readonly string[],
): string {
  return shell === "bash" ? bash(commands, others) : zsh(commands, others);
}

function bash(commands: readonly Command[], others: readonly string[]): string {
  const names = [...commands.map(({ name }) => name), ...others].join(" ");
  return `# bash completion of ${PROGRAM}: eval "$(${PROGRAM} completion bash)"
_mqtt_native() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${names}" -- "$word")
    return
  fi
  case \${COMP_WORDS[1]} in
    completion) mapfile -t COMPREPLY < <(compgen -W "${SHELLS.join(" ")}" -- "$word") ;;
${commands.map(bashCase).join("\n")}
  esac
}
complete -o bashdefault -F _mqtt_native ${PROGRAM}
`;
}

function bashCase({ name, options }: Command): string {
  const all = [...options.flatMap(({ names }) => names), "--help", "--version"].join(" ");
  const values = options.filter(({ values: each = [] }) => each.length > 0).map(bashValue);
  return `    ${name})
      case $before in
${values.join("\n")}
        *) mapfile -t COMPREPLY < <(compgen -W "${all}" -- "$word") ;;
      esac ;;`;
}

function bashValue({ names, completion }: OptionShape): string {
  return `        ${names.join("|")}) ${bashCompletion(completion)} ;;`;
}

function bashCompletion(completion: Completion | undefined): string {
  if (completion === undefined) return ":";
  const kind =
    completion === "file" ? "-f" : completion === "folder" ? "-d" : `-W ${quote(completion.join(" "))}`;
  return `mapfile -t COMPREPLY < <(compgen ${kind} -- "$word")`;
}

function zsh(commands: readonly Command[], others: readonly string[]): string {
  const names = [
    ...commands.map(({ name, summary }) => quote(`${name}:${summary.replaceAll(":", "\\:")}`)),
    ...others,
  ];
  return `#compdef ${PROGRAM}
# zsh completion of ${PROGRAM}: source <(${PROGRAM} completion zsh)
_mqtt_native() {
  local -a commands=(${names.join(" ")})
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
    completion) _values shell ${SHELLS.join(" ")} ;;
${commands.map(zshCase).join("\n")}
  esac
}
compdef _mqtt_native ${PROGRAM}
`;
}

function zshCase({ name, options }: Command): string {
  const specs = options.flatMap(zshSpecs).map((spec) => `        ${quote(spec)}`);
  return `    ${name})
      _arguments \\
${[...specs, "        --help", "        --version"].join(" \\\n")} ;;`;
}

function zshSpecs({ names, values = [], summary, completion }: OptionShape): string[] {
  const text = summary.replaceAll(/[[\]:\\]/g, "\\$&");
  const parts = values.map((value) => `:${value.toLowerCase()}:${zshAction(completion)}`).join("");
  return names.map((name) => `*${name}[${text}]${parts}`);
}

function zshAction(completion: Completion | undefined): string {
  if (completion === undefined) return " ";
  if (completion === "file") return "_files";
  return completion === "folder" ? "_files -/" : `(${completion.join(" ")})`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
