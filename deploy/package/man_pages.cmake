# Runs within `cmake --install`: a manual page of each program, which is its --help. Needs
# SEGUE_PROGRAMS (paths), SEGUE_MADE (a folder for what is made) and SEGUE_VERSION.
file(REMOVE_RECURSE ${SEGUE_MADE})
foreach(program IN LISTS SEGUE_PROGRAMS)
  get_filename_component(name ${program} NAME)
  execute_process(COMMAND ${program} --help OUTPUT_VARIABLE help COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "^[^\n]*" summary "${help}")
  string(REGEX REPLACE "^${name}: " "" summary "${summary}")
  string(REPLACE "\\" "\\e" help "${help}")
  string(REPLACE "-" "\\-" help "${help}")
  # A line that begins with a dot or an apostrophe is a request to troff.
  string(REGEX REPLACE "\n([.'])" "\n\\\\&\\1" help "${help}")
  string(TOUPPER ${name} title)
  file(WRITE ${SEGUE_MADE}/${name}.1
    ".TH ${title} 1 \"\" \"Segue ${SEGUE_VERSION}\" \"Segue\"\n.SH NAME\n${name} \\- ${summary}\n"
    ".SH DESCRIPTION\n.nf\n${help}\n.fi\n")
  # Without name and time, so that the same program makes the same page.
  execute_process(COMMAND gzip -9nf ${SEGUE_MADE}/${name}.1 COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(INSTALL ${SEGUE_MADE}/ DESTINATION ${CMAKE_INSTALL_PREFIX}/share/man/man1)
