// The scripts that let a shell complete command lines. What is typed is handed on as it stands: nothing evaluates it.
import type { Shell } from "./typed-word.ts";

/** What the scripts call the program by; it is not listed among the commands. */
export const COMPLETE = "__complete";

/** Readline knows no descriptions. Before bash 4 there is no compopt, so file names are offered everywhere there. */
const BASH = `# Completion of openai-balance for bash.
_openai_balance() {
  local reply
  COMPREPLY=()
  while IFS= read -r reply; do
    case $reply in
      '') ;;
      $'\\tfiles') compopt -o default 2>/dev/null ;;
      $'\\tfolders') compopt -o dirnames 2>/dev/null ;;
      *) COMPREPLY+=("$reply") ;;
    esac
  done <<<"$(command openai-balance ${COMPLETE} bash "\${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)"
}
if type compopt >/dev/null 2>&1; then
  complete -F _openai_balance openai-balance
else
  complete -o default -F _openai_balance openai-balance
fi
`;

const ZSH = `#compdef openai-balance
# Completion of openai-balance for zsh.
_openai_balance() {
  local reply
  local -a values shown
  local -i width=0
  for reply in "\${(@f)$(command openai-balance ${COMPLETE} zsh "\${(@)words[1,CURRENT-1]}" "$QIPREFIX$IPREFIX$PREFIX" 2>/dev/null)}"; do
    case $reply in
      '') ;;
      $'\\tfiles') compset -P '--*='; _files; return ;;
      $'\\tfolders') compset -P '--*='; _files -/; return ;;
      *)
        values+=("\${reply%%$'\\t'*}")
        (( \${(m)#values[-1]} > width )) && width=\${(m)#values[-1]}
        shown+=("$reply")
        ;;
    esac
  done
  (( $#values )) || return 1
  local -i at
  for (( at = 1; at <= $#shown; at++ )); do
    [[ $shown[at] == *$'\\t'* ]] && shown[at]="\${(mr:width:)values[at]}  -- \${shown[at]#*$'\\t'}"
  done
  compadd -l -d shown -a values
}
if [[ $funcstack[1] == _openai_balance ]]; then
  _openai_balance "$@"
elif (( $+functions[compdef] )); then
  compdef _openai_balance openai-balance
fi
`;

const FISH = `# Completion of openai-balance for fish.
function __openai_balance_complete
    command -q openai-balance; or return
    set -l words (commandline -xpc 2>/dev/null; or commandline -opc)
    set -l token (commandline -ct)
    set -l replies (command openai-balance ${COMPLETE} fish $words "$token" 2>/dev/null)
    set -l option (string match -r -- '^--[a-z-]+=' "$token")
    set -l path (string replace -- "$option" '' "$token")
    switch "$replies[1]"
        case \\tfiles
            printf '%s\\n' "$option"(__fish_complete_path "$path")
        case \\tfolders
            printf '%s\\n' "$option"(__fish_complete_directories "$path")
        case '*'
            printf '%s\\n' $replies
    end
end
complete -c openai-balance -f -a '(__openai_balance_complete)'
`;

/** The script for a shell. */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
