# npm ci in WHERE, where package-lock.json has changed since the last time.
file(SHA256 ${WHERE}/package-lock.json wanted)
set(mark ${WHERE}/node_modules/.installed)
if(EXISTS ${mark})
  file(READ ${mark} there)
  if(there STREQUAL wanted)
    return()
  endif()
endif()
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund
                WORKING_DIRECTORY ${WHERE} COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${mark} ${wanted})
