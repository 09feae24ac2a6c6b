# Puts uPlot, which draws the console's charts, into OUTPUT: from npm, at the version that
# package-lock.json in SOURCE holds fast. Without npm, or without a network, the build goes on: the
# files then say that they are missing, and so does the console. The next configuration tries again.
set(files uPlot.iife.min.js uPlot.min.css)
set(work ${OUTPUT}/npm)
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})
set(status "npm is not there")
if(NPM)
  file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${work})
  execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline
    WORKING_DIRECTORY ${work} RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said
    TIMEOUT 120)
endif()
if(status EQUAL 0)
  foreach(file IN LISTS files)
    file(COPY_FILE ${work}/node_modules/uplot/dist/${file} ${OUTPUT}/${file})
  endforeach()
  file(REMOVE ${OUTPUT}/missing)
else()
  message("charts: npm gives none (${status}); the console will say so. ${said}")
  foreach(file IN LISTS files)
    file(WRITE ${OUTPUT}/${file} "/* not in this build: npm was not there */\n")
  endforeach()
  file(WRITE ${OUTPUT}/missing "")
endif()
file(REMOVE_RECURSE ${work})
